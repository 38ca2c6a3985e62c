// CPU time of reading a video: video_bench FILE [THREADS]. Prints frames and CPU milliseconds a frame.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "media/video/video_source.h"

int main(int argc, char** argv) {
    if (argc < 2) return 2;
    mien::media::VideoOptions options;
    options.threads = argc > 2 ? std::atoi(argv[2]) : 1;
    const std::clock_t start = std::clock();
    auto source = mien::media::VideoSource::open(argv[1], options);
    if (!source) {
        std::fprintf(stderr, "%s\n", source.error().message.c_str());
        return 1;
    }
    int frames = 0;
    while (true) {
        const auto frame = source->next();
        if (!frame || !*frame) break;
        ++frames;
    }
    const double milliseconds = 1000.0 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    std::printf("%d %.4f\n", frames, milliseconds / std::max(1, frames));
}
