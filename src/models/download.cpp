#include <curl/curl.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/stop.h"
#include "models/source.h"

namespace mien::models {
namespace {

struct Transfer {
    int file = -1;
    std::uint64_t done = 0;
    std::uint64_t limit = 0;
    std::uint64_t total = 0;  // for the progress bar; 0: not known
    int write_error = 0;
    std::string what{};
    const OnProgress* on_progress = nullptr;
    ~Transfer() {
        if (file >= 0) ::close(file);
    }
};

std::size_t on_data(char* data, std::size_t, std::size_t count, void* user) {
    auto& transfer = *static_cast<Transfer*>(user);
    if (transfer.done + count > transfer.limit) return 0;
    std::size_t at = 0;
    while (at < count) {
        const ssize_t written = ::write(transfer.file, data + at, count - at);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            transfer.write_error = errno;
            return 0;
        }
        at += static_cast<std::size_t>(written);
    }
    transfer.done += count;
    (*transfer.on_progress)({transfer.what, transfer.done, transfer.total});
    return count;
}

int on_step(void* user, curl_off_t coming, curl_off_t come, curl_off_t, curl_off_t) {
    auto& transfer = *static_cast<Transfer*>(user);
    if (coming > 0) transfer.total = transfer.done + static_cast<std::uint64_t>(coming - come);
    return stop_asked() ? 1 : 0;
}

Error failed(const Transfer& transfer, const std::string& address, CURLcode code, long status) {
    if (stop_asked()) return Error{Fault::Unavailable, "stopped by the user; the next pull goes on from here"};
    if (transfer.write_error != 0)
        return Error{Fault::Unavailable,
                     std::string("the disk refuses the download: ") + std::strerror(transfer.write_error)};
    if (code == CURLE_WRITE_ERROR) return Error{Fault::Corrupt, address + " gives more bytes than the catalogue says"};
    const std::string why = status >= 400 ? "status " + std::to_string(status) : curl_easy_strerror(code);
    return Error{Fault::Unavailable,
                 address + " could not be fetched (" + why +
                     "): check the network, or put the file into a folder and name it in MIEN_MODEL_MIRROR"};
}

bool loopback(const std::string& address) {
    return address.starts_with("http://127.0.0.1:") || address.starts_with("http://localhost:");
}

}  // namespace

Status fetch_address(const std::string& address, const std::filesystem::path& part, std::uint64_t limit,
                     const PullOptions& options, const OnProgress& on_progress) {
    const bool plain = options.plain_http == Plain::AllowedOnLoopback && loopback(address);
    if (!plain && !address.starts_with("https://")) return Error{Fault::BadInput, address + " is not an https address"};
    Transfer transfer;
    transfer.limit = limit;
    transfer.what = address.substr(address.rfind('/') + 1);
    transfer.on_progress = &on_progress;
    transfer.file = ::open(part.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (transfer.file < 0)
        return Error{Fault::Unavailable, "can't create " + part.string() + ": " + std::strerror(errno)};
    struct stat info {};
    if (::fstat(transfer.file, &info) == 0) transfer.done = static_cast<std::uint64_t>(info.st_size);
    if (transfer.done >= limit) return {};  // whole already: its hash will tell

    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
    if (!curl) return Error{Fault::Unavailable, "libcurl can't start"};
    constexpr long slow_bytes_a_second = 100;
    constexpr long patience_s = 30;
    curl_easy_setopt(curl.get(), CURLOPT_URL, address.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, plain ? "http" : "https");
    curl_easy_setopt(curl.get(), CURLOPT_REDIR_PROTOCOLS_STR, "https");
    curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_MAXREDIRS, 5L);
    curl_easy_setopt(curl.get(), CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT, patience_s);
    curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_LIMIT, slow_bytes_a_second);
    curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_TIME, patience_s);
    curl_easy_setopt(curl.get(), CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(transfer.done));
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(curl.get(), CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl.get(), CURLOPT_XFERINFOFUNCTION, on_step);
    curl_easy_setopt(curl.get(), CURLOPT_XFERINFODATA, &transfer);
    const CURLcode code = curl_easy_perform(curl.get());
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_OK) return {};
    return failed(transfer, address, code, status);
}

}  // namespace mien::models
