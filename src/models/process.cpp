#include "models/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/stop.h"

namespace mien::models {
namespace {

constexpr std::size_t kept_output = 4096;

class Pipe {
public:
    Pipe() : good_(::pipe2(ends_.data(), O_CLOEXEC) == 0) {}
    ~Pipe() {
        close_reader();
        close_writer();
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    bool good() const { return good_; }
    int reader() const { return ends_[0]; }
    int writer() const { return ends_[1]; }
    void close_reader() { close(0); }
    void close_writer() { close(1); }

private:
    void close(std::size_t end) {
        if (ends_.at(end) >= 0) ::close(ends_.at(end));
        ends_.at(end) = -1;
    }
    std::array<int, 2> ends_{-1, -1};
    bool good_;
};

[[noreturn]] void become(std::vector<char*>& arguments, const std::filesystem::path& folder, int output) {
    ::setpgid(0, 0);
    if (::chdir(folder.c_str()) != 0) ::_exit(127);
    const int nothing = ::open("/dev/null", O_RDONLY);
    ::dup2(nothing, 0);
    ::dup2(output, 1);
    ::dup2(output, 2);
    ::execvp(arguments.front(), arguments.data());
    ::_exit(127);
}

// Splits what arrives into lines; a progress bar's carriage return ends one too.
class Lines {
public:
    explicit Lines(const std::function<void(std::string_view)>& on_line) : on_line_(on_line) {}
    void add(std::string_view part) {
        all_.append(part);
        if (all_.size() > 2 * kept_output) all_.erase(0, all_.size() - kept_output);
        for (const char letter : part) {
            if (letter != '\n' && letter != '\r') {
                line_ += letter;
                continue;
            }
            on_line_(line_);
            line_.clear();
        }
    }
    std::string take_end() { return std::move(all_); }

private:
    const std::function<void(std::string_view)>& on_line_;
    std::string line_{};
    std::string all_{};
};

// Reads until the program closes its output or the user stops. False: stopped.
bool follow(int reader, Lines& lines) {
    std::array<char, 4096> part{};
    for (;;) {
        if (stop_asked()) return false;
        pollfd waiting{reader, POLLIN, 0};
        constexpr int patience_ms = 100;
        if (::poll(&waiting, 1, patience_ms) <= 0) continue;
        const ssize_t got = ::read(reader, part.data(), part.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return true;
        lines.add({part.data(), static_cast<std::size_t>(got)});
    }
}

}  // namespace

Result<Finished> run_program(const std::vector<std::string>& command, const std::filesystem::path& folder,
                             const std::function<void(std::string_view)>& on_line) {
    Pipe pipe;
    if (!pipe.good())
        return Error{Fault::Unavailable, std::string("no pipe for ") + command.front() + ": " + std::strerror(errno)};
    std::vector<char*> arguments;
    for (const std::string& word : command)
        arguments.push_back(const_cast<char*>(word.c_str()));  // execvp's old signature
    arguments.push_back(nullptr);
    const pid_t child = ::fork();
    if (child < 0) return Error{Fault::Unavailable, "can't start " + command.front() + ": " + std::strerror(errno)};
    if (child == 0) become(arguments, folder, pipe.writer());
    pipe.close_writer();

    Lines lines(on_line);
    const bool ended = follow(pipe.reader(), lines);
    if (!ended) ::kill(-child, SIGTERM);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!ended) return Error{Fault::Unavailable, "stopped by the user"};
    return Finished{WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), lines.take_end()};
}

}  // namespace mien::models
