#include "inference/run/engine.h"

#include <openvino/openvino.hpp>
#include <sstream>
#include <streambuf>
#include <thread>

#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"
#include "inference/import/import.h"
#include "inference/run/openvino_model.h"

namespace mien::inference {

struct Engine::State {
    mutable ov::Core core;
    std::string device;  // CPU model and OpenVINO version: what a compiled model depends on
};

namespace {

// A stream over bytes that are already in memory, without a copy.
class ViewBuffer : public std::streambuf {
public:
    explicit ViewBuffer(ByteView bytes) {
        // The stream only reads; setg() has no const form.
        char* begin = const_cast<char*>(reinterpret_cast<const char*>(bytes.data()));
        setg(begin, begin, begin + bytes.size());
    }

protected:
    pos_type seekoff(off_type offset, std::ios_base::seekdir from, std::ios_base::openmode) override {
        char* base = from == std::ios_base::beg ? eback() : from == std::ios_base::cur ? gptr() : egptr();
        if (offset < eback() - base || offset > egptr() - base) return pos_type(off_type(-1));
        setg(eback(), base + offset, egptr());
        return gptr() - eback();
    }
    pos_type seekpos(pos_type at, std::ios_base::openmode mode) override {
        return seekoff(off_type(at), std::ios_base::beg, mode);
    }
};

ov::AnyMap properties_of(const LoadOptions& options) {
    const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    const int lanes = std::max(1, options.lanes);
    const int threads = options.threads > 0 ? options.threads * lanes : cores;
    return {
        // The engine's own default on CPUs with bfloat16 is bfloat16.
        ov::hint::inference_precision(options.precision == Precision::Bf16 ? ov::element::bf16 : ov::element::f32),
        ov::num_streams(lanes),
        ov::inference_num_threads(threads),
        ov::hint::enable_cpu_pinning(false),
    };
}

std::string cache_key(const models::LocalModel& local, const LoadOptions& options, const std::string& device) {
    std::string text = device + "|" + std::to_string(importer_version);
    for (const auto& [name, value] : local.card.details) text += "|" + name + "=" + value;
    for (const models::ModelFile& file : local.card.files) text += "|" + file.sha256;
    for (const auto& [name, value] : properties_of(options)) text += "|" + name + "=" + value.as<std::string>();
    return sha256_of(as_bytes(text)) + ".compiled";
}

// A compiled model on disk: its SHA-256 in hexadecimal, then what the engine exported.
constexpr std::size_t hash_digits = 64;

Result<ov::CompiledModel> read_compiled(ov::Core& core, const std::filesystem::path& file,
                                        const LoadOptions& options) try {
    MIEN_LET(bytes, read_file(file));
    if (bytes.size() < hash_digits) return Error{Fault::Corrupt, file.string() + " is too short"};
    const ByteView content = ByteView(bytes).subspan(hash_digits);
    const std::string_view claimed(reinterpret_cast<const char*>(bytes.data()), hash_digits);
    if (sha256_of(content) != claimed) return Error{Fault::Corrupt, file.string() + " is damaged"};
    ViewBuffer buffer(content);
    std::istream stream(&buffer);
    return core.import_model(stream, "CPU", properties_of(options));
} catch (const std::exception& failure) {
    return Error{Fault::Corrupt, file.string() + ": " + failure.what()};
}

Status write_compiled(ov::CompiledModel& compiled, const std::filesystem::path& file) try {
    std::ostringstream stream;
    compiled.export_model(stream);
    const std::string content = std::move(stream).str();
    return write_file(file, sha256_of(as_bytes(content)) + content);
} catch (const std::exception& failure) {
    return Error{Fault::Unavailable, file.string() + ": " + failure.what()};
}

Result<ov::CompiledModel> compile(ov::Core& core, const models::LocalModel& local, const LoadOptions& options) {
    MIEN_LET(imported, import_model(local));
    try {
        return core.compile_model(imported, "CPU", properties_of(options));
    } catch (const std::exception& failure) {
        return Error{Fault::Unsupported, "the engine can't compile " + local.card.name + ": " + failure.what()};
    }
}

}  // namespace

Result<Engine> Engine::make() try {
    auto state = std::make_unique<State>();
    state->device = ov::get_openvino_version().buildNumber;
    state->device += "|" + state->core.get_property("CPU", ov::device::full_name);
    return Engine(std::move(state));
} catch (const std::exception& failure) {
    return Error{Fault::Unavailable, std::string("OpenVINO can't start: ") + failure.what()};
}

Engine::Engine(std::unique_ptr<State> state) : state_(std::move(state)) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

Result<std::unique_ptr<Model>> Engine::load(const models::LocalModel& local, const LoadOptions& options) const {
    if (options.cache.empty()) {
        MIEN_LET(compiled, compile(state_->core, local, options));
        return wrap(std::move(compiled), options.lanes);
    }
    const std::filesystem::path file = options.cache / cache_key(local, options, state_->device);
    if (auto kept = read_compiled(state_->core, file, options)) return wrap(std::move(*kept), options.lanes);
    MIEN_LET(compiled, compile(state_->core, local, options));
    // A cache that can't be written costs time, not the result.
    if (const Status kept = write_compiled(compiled, file); !kept)
        log::debug("no compiled model kept: " + kept.error().message);
    return wrap(std::move(compiled), options.lanes);
}

}  // namespace mien::inference
