#include "media/video/libav.h"

#include <array>
#include <cerrno>

namespace mien::media::libav {
namespace {

Fault fault_of(int code) {
    switch (code) {
        case AVERROR_HTTP_UNAUTHORIZED:
        case AVERROR_HTTP_FORBIDDEN:
        case AVERROR_HTTP_BAD_REQUEST:
        case AVERROR_HTTP_OTHER_4XX:
            return Fault::BadInput;
        case AVERROR_HTTP_NOT_FOUND:
        case AVERROR(ENOENT):
        case AVERROR(ENODEV):
            return Fault::NotFound;
        case AVERROR_DECODER_NOT_FOUND:
        case AVERROR_DEMUXER_NOT_FOUND:
        case AVERROR_PROTOCOL_NOT_FOUND:
        case AVERROR_ENCODER_NOT_FOUND:
        case AVERROR_PATCHWELCOME:
            return Fault::Unsupported;
        case AVERROR_INVALIDDATA:
        case AVERROR_STREAM_NOT_FOUND:
            return Fault::Corrupt;
        case AVERROR(ENOMEM):
            return Fault::Overloaded;
        default:
            return Fault::Unavailable;
    }
}

std::string text_of(int code) {
    switch (code) {
        case AVERROR_HTTP_UNAUTHORIZED:
            return "the user name or password is missing or wrong (401)";
        case AVERROR_HTTP_FORBIDDEN:
            return "this user may not see it (403)";
        case AVERROR_HTTP_NOT_FOUND:
            return "the server has no such stream (404)";
        case AVERROR_INVALIDDATA:
            return "what comes is no video that can be read";
        case AVERROR_EXIT:
            return "no answer in time";
        case AVERROR_EOF:
            return "the other side ended the connection";
        default:
            break;
    }
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    av_strerror(code, text.data(), text.size());
    return text.data();
}

}  // namespace

Error error_of(int code, const std::string& subject) {
    return {fault_of(code), subject + ": " + text_of(code)};
}

void be_quiet() {
    [[maybe_unused]] static const bool quiet = [] {
        av_log_set_level(AV_LOG_QUIET);
        return true;
    }();
}

}  // namespace mien::media::libav
