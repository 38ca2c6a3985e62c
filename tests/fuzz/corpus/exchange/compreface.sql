COPY public.embedding (id, subject_id, embedding, calculator, img_id) FROM stdin;
e1	s1	{0.1}	c	i1
e2	s1	{0.1}	c	\N
\.
COPY public.img (id, content) FROM stdin;
i1	\\x00ff
\.
COPY public.subject (id, api_key, subject_name) FROM stdin;
s1	k	A\tB
\.
