// MakeHuman's files: base mesh, skeleton, weights, shape target, clothes and their mesh, apart by zero bytes.
#include <algorithm>
#include <array>
#include <cstdlib>

#include "simulate/people/gait.h"
#include "simulate/people/garment.h"

using namespace mien;
using namespace mien::simulate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::array names{"makehuman/data/3dobjs/base.obj",
                               "makehuman/data/rigs/default.mhskel",
                               "makehuman/data/rigs/default_weights.mhw",
                               "makehuman/data/targets/macrodetails/african-female-young.target",
                               "assets/a.mhclo",
                               "assets/a.obj"};
    std::map<std::string, Bytes> files{
        {"makehuman/data/targets/macrodetails/universal-female-young-averagemuscle-averageweight.target", {}}};
    const std::uint8_t* at = data;
    for (const char* name : names) {
        const std::uint8_t* end = std::find(at, data + size, std::uint8_t{0});
        files[name] = Bytes(at, end);
        at = end == data + size ? end : end + 1;
    }
    const Assets assets = Assets::of(std::move(files));
    const auto human = Human::load(assets);
    if (!human) return 0;
    const auto body = human->shaped({.age = 25});
    if (!body) return 0;
    const auto garment = fit_garment(*human, *body, "assets/a.mhclo");
    const auto maps = pose_bones(*human, joints_of(*human, *body), 3);
    if (maps.size() != human->bones().size() || (garment && garment->part.size() != garment->triangles.size()))
        std::abort();
    return 0;
}
