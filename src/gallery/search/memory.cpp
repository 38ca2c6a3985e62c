#include "gallery/search/memory.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace mien::gallery {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t huge_page = std::size_t{2} << 20;

std::size_t up_to(std::size_t bytes, std::size_t unit) {
    return (bytes + unit - 1) / unit * unit;
}

std::string locked_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0) return "unknown";
    return limit.rlim_cur == RLIM_INFINITY ? "none" : std::to_string(limit.rlim_cur / 1024) + " KiB";
}

// Maps `bytes` from an address that is a multiple of a huge page: maps more and gives both ends back.
std::byte* map_aligned(std::size_t bytes) {
    const std::size_t more = bytes + huge_page;
    void* got = mmap(nullptr, more, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (got == MAP_FAILED) return nullptr;
    const auto start = reinterpret_cast<std::uintptr_t>(got);
    const std::size_t head = up_to(start, huge_page) - start;
    auto* begin = static_cast<std::byte*>(got) + head;
    if (head > 0) munmap(got, head);
    if (huge_page > head) munmap(begin + bytes, huge_page - head);
    return begin;
}

std::byte* map_plain(std::size_t bytes) {
    void* got = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return got == MAP_FAILED ? nullptr : static_cast<std::byte*>(got);
}

}  // namespace

std::size_t whole_pages(std::size_t bytes) {
    return up_to(bytes, page);
}

void wipe(void* bytes, std::size_t count) {
    if (count > 0) explicit_bzero(bytes, count);
}

Result<Memory> Memory::make(std::size_t bytes, Lock lock) {
    Memory made;
    made.size_ = whole_pages(bytes);
    made.data_ = made.size_ >= huge_page ? map_aligned(made.size_) : map_plain(made.size_);
    if (made.data_ == nullptr) {
        return Error{Fault::Unavailable,
                     "no memory for " + std::to_string(made.size_) + " bytes of templates: " + std::strerror(errno)};
    }
    if (made.size_ >= huge_page) made.huge_ = madvise(made.data_, made.size_, MADV_HUGEPAGE) == 0;
    if (madvise(made.data_, made.size_, MADV_DONTDUMP) != 0 && lock == Lock::Required) {
        return Error{Fault::Unavailable,
                     std::string("templates can't be kept out of core dumps: ") + std::strerror(errno)};
    }
    // On fault: the system zeroes each page when a thread first writes there, and not all of them in this one.
    if (lock == Lock::Required && mlock2(made.data_, made.size_, MLOCK_ONFAULT) != 0) {
        const int why = errno;
        return Error{Fault::Unavailable, "could not lock " + std::to_string(made.size_ / 1024) +
                                             " KiB more of templates in memory (" + std::strerror(why) +
                                             "); the process's limit is " + locked_limit() +
                                             ": raise it (ulimit -l, LimitMEMLOCK=) or switch locking off"};
    }
    return made;
}

Memory::Memory(Memory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)), huge_(other.huge_) {}

Memory& Memory::operator=(Memory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(huge_, other.huge_);
    return *this;
}

Memory::~Memory() {
    if (data_ != nullptr) munmap(data_, size_);
}

}  // namespace mien::gallery
