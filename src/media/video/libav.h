#pragma once

// For the .cpp files of this folder only: owners and errors of libav's objects.
extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
}

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace mien::media::libav {

struct Free {
    void operator()(AVFormatContext* input) const { avformat_close_input(&input); }
    void operator()(AVCodecContext* codec) const { avcodec_free_context(&codec); }
    void operator()(AVFrame* frame) const { av_frame_free(&frame); }
    void operator()(AVPacket* packet) const { av_packet_free(&packet); }
    void operator()(SwsContext* scaler) const { sws_freeContext(scaler); }
    void operator()(AVBufferRef* buffer) const { av_buffer_unref(&buffer); }
    void operator()(AVDictionary* entries) const { av_dict_free(&entries); }
};
template <class T>
using Own = std::unique_ptr<T, Free>;

// "subject: what libav says", with the fault that fits its code.
Error error_of(int code, const std::string& subject);

// libav's own lines name addresses with their passwords: none is ever printed.
void be_quiet();

// When a blocking call must end. libav asks from the thread that calls it.
struct Deadline {
    std::chrono::steady_clock::time_point until{};
    std::function<bool()> give_up{};

    void in(std::chrono::milliseconds time) { until = std::chrono::steady_clock::now() + time; }
    bool over() const { return std::chrono::steady_clock::now() >= until || (give_up && give_up()); }
};

// A film in memory as libav reads it.
struct Film {
    Bytes bytes{};
    std::size_t at = 0;
};

}  // namespace mien::media::libav
