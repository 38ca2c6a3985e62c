#pragma once

// libav and x264 are Debian's, not instrumented: ThreadSanitizer doesn't see the atomics by which their own threads
// hand buffers on. libavformat isn't in the list: it calls our code back.
#ifdef __SANITIZE_THREAD__
extern "C" __attribute__((visibility("default"))) const char* __tsan_default_suppressions();  // libtsan looks for it
extern "C" const char* __tsan_default_suppressions() {
    return "race:libavutil.so\nrace:libavcodec.so\nrace:libswscale.so\nrace:libx264.so\n";
}
#endif
