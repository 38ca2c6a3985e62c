#include "eval/attributes.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "media/read_picture.h"
#include "statistics/bootstrap.h"

namespace mien::eval {
namespace {

// What one subject adds to the sums.
struct Tally {
    double pairs = 0;
    double same = 0;
    double aged = 0;
    double deviation = 0;
    double pictures = 0;
    double without_gender = 0;
};

Tally tally_of(const std::vector<FaceAttributes>& pictures) {
    Tally tally;
    double male = 0;
    double female = 0;
    std::vector<double> ages;
    for (const FaceAttributes& a : pictures) {
        ++tally.pictures;
        const auto* gender = std::get_if<GenderReading>(&a.gender);
        if (gender) (gender->value == Gender::Male ? male : female) += 1;
        tally.without_gender += gender ? 0 : 1;
        if (const auto* age = std::get_if<Age>(&a.age)) ages.push_back(static_cast<double>(age->years));
    }
    tally.pairs = (male + female) * (male + female - 1) / 2;
    tally.same = tally.pairs - male * female;
    if (ages.size() < 2) return tally;
    std::ranges::sort(ages);
    const double median = (ages[(ages.size() - 1) / 2] + ages[ages.size() / 2]) / 2;
    for (const double age : ages) tally.deviation += std::abs(age - median);
    tally.aged = static_cast<double>(ages.size());
    return tally;
}

std::vector<double> rates_of(const std::vector<Tally>& tallies, std::span<const std::size_t> drawn) {
    Tally sum;
    for (const std::size_t i : drawn) {
        const Tally& t = tallies[i];
        sum.pairs += t.pairs;
        sum.same += t.same;
        sum.aged += t.aged;
        sum.deviation += t.deviation;
        sum.pictures += t.pictures;
        sum.without_gender += t.without_gender;
    }
    const auto share = [](double part, double whole) { return whole > 0 ? part / whole : 0; };
    return {share(sum.same, sum.pairs), share(sum.deviation, sum.aged), share(sum.without_gender, sum.pictures)};
}

}  // namespace

Result<AttributeConsistency> judge_consistency(const std::vector<AttributeSample>& samples) {
    std::map<std::string, std::vector<FaceAttributes>> by_subject;
    for (const AttributeSample& sample : samples) by_subject[sample.subject].push_back(sample.attributes);
    AttributeConsistency judged;
    std::vector<Tally> tallies;
    for (const auto& [subject, pictures] : by_subject) {
        if (pictures.size() < 2) continue;
        tallies.push_back(tally_of(pictures));
        judged.pictures += pictures.size();
    }
    if (tallies.empty())
        return Error{Fault::BadInput,
                     "no subject has two pictures with a face; files are named SUBJECT_NUMBER, as in lfw"};
    judged.subjects = tallies.size();
    const auto intervals = statistics::bootstrap(
        tallies.size(), [&](std::span<const std::size_t> drawn) { return rates_of(tallies, drawn); });
    judged.gender = intervals[0];
    judged.age_spread = intervals[1];
    judged.gender_unmeasured = intervals[2];
    return judged;
}

Result<AttributeConsistency> run_consistency(const pipeline::FacePipeline& faces,
                                             const std::vector<std::filesystem::path>& files, int workers,
                                             const OnProgress& on_progress) {
    std::vector<std::optional<FaceAttributes>> read(files.size());
    MIEN_TRY(for_each_piece(files.size(), workers, on_progress, [&](std::size_t i) -> Status {
        MIEN_LET(frame, media::read_frame(files[i]));
        MIEN_LET(found, faces.analyse(frame, {.wanted = pipeline::Wanted::Regions,
                                              .faces = pipeline::Faces::Largest,
                                              .attributes = pipeline::Attributes::Yes}));
        if (!found.empty()) read[i] = found.front().attributes;
        return {};
    }));
    std::vector<AttributeSample> samples;
    for (std::size_t i = 0; i < files.size(); ++i) {
        const std::string stem = files[i].stem().string();
        if (read[i]) samples.push_back({stem.substr(0, stem.rfind('_')), *read[i]});
    }
    MIEN_LET(judged, judge_consistency(samples));
    judged.no_face = files.size() - samples.size();
    return judged;
}

}  // namespace mien::eval
