# Writes a C++ file that holds a text: cmake -DIN=file -DOUT=file.cpp -DHEADER=… -DNAMESPACE=… -DFUNCTION=… -P embed_text.cmake
file(READ "${IN}" hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n" bytes "${bytes}")
file(WRITE "${OUT}" "// Generated from ${IN}\n#include \"${HEADER}\"\n\nnamespace ${NAMESPACE} {\nnamespace {\nconstexpr unsigned char text[] = {${bytes}};\n}\n\nstd::string_view ${FUNCTION}() { return {reinterpret_cast<const char*>(text), sizeof text}; }\n\n}\n")
