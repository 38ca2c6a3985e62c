#!/bin/bash
# Makes the small seeds of tests/fuzz/corpus/video: six frames of a test card in each container. Needs gst-launch-1.0 with its
# good, bad, ugly and libav plug-ins.   tests/fuzz/make_video_corpus.sh
set -eu
out="$(dirname "$0")/corpus/video"
mkdir -p "$out"
make() {  # NAME, the rest of the pipeline
    local name=$1
    shift
    gst-launch-1.0 -q videotestsrc num-buffers=6 pattern=ball ! video/x-raw,width=48,height=32,framerate=10/1 ! videoconvert ! "$@" ! filesink location="$out/$name"
}
make h264.mp4 x264enc bframes=2 key-int-max=4 ! h264parse ! mp4mux
make h264.mkv x264enc key-int-max=4 ! h264parse ! matroskamux
make h264.ts x264enc key-int-max=4 ! h264parse ! mpegtsmux
make mjpeg.avi jpegenc quality=40 ! avimux
make vp8.webm vp8enc ! webmmux
make theora.ogv theoraenc ! oggmux
