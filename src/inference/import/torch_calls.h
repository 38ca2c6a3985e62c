#pragma once

#include "inference/import/torch_pickle.h"

namespace mien::inference {

// What a pickle may ask for beyond plain values, each answered by a value of ours. Adds nodes to one pickle, within
// limits.
class TorchCalls {
public:
    explicit TorchCalls(Pickle& pickle) : pickle_(pickle) {}

    // Errors: Unsupported for more nodes than a state dict ever has.
    Result<PickleRef> add(PickleNode node);
    // Errors: Unsupported, naming whatever is not one of TorchGlobal's.
    Result<PickleRef> global(std::string_view module, std::string_view name);
    Result<PickleRef> call(PickleRef callee, PickleRef arguments);
    // The storage that ("storage", class, key, device, count of numbers[, view]) names.
    Result<PickleRef> storage(PickleRef id);
    // On a dictionary that is PyTorch's note of module versions, which says nothing about numbers: left out.
    Status set_state(PickleRef object) const;

private:
    Result<PickleRef> make_dict(const std::vector<PickleRef>& arguments);

    template <class Kind>
    const Kind* as(PickleRef ref) const {
        return std::get_if<Kind>(&pickle_.nodes[ref]);
    }

    Pickle& pickle_;
    std::size_t copied_ = 0;
};

}  // namespace mien::inference
