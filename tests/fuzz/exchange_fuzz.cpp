#include <cstdlib>
#include <sstream>

#include "gallery/audit/record.h"
#include "gallery/exchange/compreface.h"
#include "gallery/exchange/exchange.h"

// What other machines wrote: a subject's line of an export, an audit record, a dump of CompreFace's database.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace mien::gallery;
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto person = enrolment_from(text);
    if (!person && person.error().message.empty()) std::abort();
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
