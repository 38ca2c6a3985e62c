#include <cstdlib>
#include <sstream>

#include "gallery/audit/record.h"
#include "gallery/exchange/compreface.h"
#include "gallery/exchange/exchange.h"

// What other machines wrote: an export and a subject's line of one, an audit record, a dump of CompreFace's database.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace mien::gallery;
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto subject = subject_from(text);
    if (!subject && subject.error().message.empty()) std::abort();
    const auto whole = check_export([&](const std::function<mien::Status(std::string_view)>& take) -> mien::Status {
        LineCutter cutter;
        MIEN_TRY(cutter.add(std::string_view(text).substr(0, size / 2), take));
        MIEN_TRY(cutter.add(std::string_view(text).substr(size / 2), take));
        return cutter.finish();
    });
    if (whole && whole->ids.size() != whole->left_out.size()) std::abort();
    if (const auto record = audit_record_from(text)) {
        const auto again = audit_record_from(to_json(*record));
        if (!again || to_signed_bytes(*again) != to_signed_bytes(*record)) std::abort();
    }
    std::istringstream in(text);
    std::size_t pictures = 0;
    const auto dump = read_compreface_dump(in, "dump", "", [&](CompreFacePicture&&) {
        ++pictures;
        return mien::Status{};
    });
    if (dump && dump->pictures != pictures) std::abort();
    return 0;
}
