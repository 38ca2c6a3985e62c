// Writes the tensors of a PyTorch file as one run of 32-bit floats to standard output, names and shapes as lines to
// standard error: for torch_check.py.
#include <cstdio>

#include "base/file.h"
#include "inference/import/torch_state.h"

namespace {

mien::Status dump(const char* file) {
    MIEN_LET(bytes, mien::read_file(file));
    MIEN_LET(dict, mien::inference::read_state_dict(bytes));
    for (const auto& tensor : dict.tensors) {
        std::fwrite(tensor.values.data(), sizeof(float), tensor.values.size(), stdout);
        std::fprintf(stderr, "%s %s", tensor.name.c_str(), mien::inference::name_of(tensor.type));
        for (const std::size_t side : tensor.shape) std::fprintf(stderr, " %zu", side);
        std::fprintf(stderr, "\n");
    }
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    const mien::Status done = dump(argv[1]);
    if (!done) std::fprintf(stderr, "%s\n", done.error().message.c_str());
    return done ? 0 : 1;
}
