#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "inference/model.h"
#include "models/card.h"

namespace mien::inference {

enum class Precision {
    F32,
    Bf16,  // faster where the CPU has it; only for models whose accuracy was measured with it
};

struct LoadOptions {
    Precision precision = Precision::F32;
    int lanes = 1;                  // runs at the same time; further calls wait for a free lane
    int threads = 0;                // for each lane; 0: all cores shared by the lanes
    std::filesystem::path cache{};  // folder of compiled models; empty: none
};

// Loads models on this machine's CPU through OpenVINO.
// Thread rule: const calls may run at the same time. Loaded models outlive the engine.
class Engine {
public:
    // Errors: Unavailable when OpenVINO can't start.
    static Result<Engine> make();
    ~Engine();
    Engine(Engine&&) noexcept;
    Engine& operator=(Engine&&) noexcept;

    // The files must have been verified (models::Store::find does it).
    // Errors: Corrupt or Unsupported, naming the file; Unavailable when the engine refuses.
    Result<std::unique_ptr<Model>> load(const models::LocalModel& local, const LoadOptions& options) const;

private:
    struct State;
    explicit Engine(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace mien::inference
