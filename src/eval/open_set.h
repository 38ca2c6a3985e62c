#pragma once

#include <span>
#include <string>
#include <vector>

#include "eval/pairs.h"
#include "eval/samples.h"
#include "eval/verification.h"
#include "statistics/identification.h"
#include "statistics/tail_check.h"

namespace mien::eval {

// A picture and whom it shows.
struct LabelledPicture {
    std::string file{};
    std::string subject{};
};

// Who is on which picture, by a list of pairs; with `folds` only by the pairs of these. Each picture once.
// Errors: BadInput when a picture is said to show two people, or no pair is left.
Result<std::vector<LabelledPicture>> pictures_of_pairs(const std::vector<Pair>& pairs,
                                                       const std::vector<std::string>& folds);

// A folder tree of one sub-folder a subject; the files are relative to it. Errors: NotFound, those of list_pictures.
Result<std::vector<LabelledPicture>> pictures_of_tree(const std::filesystem::path& folder);

// How the pictures of one subject, and those of one probe, become one similarity.
enum class Fusion {
    AsOne,   // all pairs of pictures compared as one, as in `mien identify`
    One,     // the first picture of each alone
    Best,    // the most similar pair of pictures counts
    Mean,    // between the mean templates of both, scaled to length 1
    TopTwo,  // the mean over the two most similar pairs of pictures
};
std::string_view name_of(Fusion fusion);

struct OpenSetOptions {
    std::size_t enrolled = 0;        // subjects enrolled at a time; 0: half of them
    std::size_t references = 1;      // pictures enrolled of a subject, as far as enough are left to search with
    std::size_t probe_pictures = 1;  // searched with at a time; who has fewer is not searched for
    enum class Who { Anybody, WithAllPictures };
    Who who = Who::Anybody;  // enrolled; WithAllPictures: only who has all those references and a probe
    std::size_t draws = 10;  // random choices of who is enrolled and by which pictures
    Fusion fusion = Fusion::AsOne;
    statistics::Calibration calibration{};  // says what several pictures mean; for AsOne alone
    statistics::IdentificationQuestion question{};
};

// The searches and figures of one way of fusion.
struct FusedFigures {
    Fusion fusion = Fusion::AsOne;
    std::vector<statistics::Search> searches{};
    statistics::IdentificationFigures figures{};
};

struct OpenSetRun {
    std::vector<FusedFigures> ways{};  // the one asked for first, then the others, where there are several references
    std::vector<Failure> failures{};
    std::string maker{};
    std::size_t pictures = 0;
    std::size_t subjects = 0;
    std::size_t enrolled = 0;   // N: subjects in each gallery
    std::size_t templates = 0;  // in each gallery, on the average
};

// Open-set identification by the production path: for each draw some subjects are enrolled in an exact index, all their
// other pictures are searched for (mated), and pictures of everybody else, once (non-mated); AsOne compares with
// everybody in turn instead, since the index ranks single templates. All ways of fusion see the same probes. A subject
// none of whose references could be acquired is not enrolled, and its searches are misses. Same input, same output.
// Errors: BadInput when there is nobody with two pictures or nobody left to be a stranger.
Result<OpenSetRun> run_open_set(const std::vector<LabelledPicture>& pictures, const Samples& samples,
                                const OpenSetOptions& options);

// Whether the fitted tail of one part's strangers holds on the other part's subjects, one picture each, both ways.
// Errors: BadInput below 100 subjects in a part.
struct TailCheck {
    std::vector<statistics::TailClaim> there{};  // fitted on the first, seen on the second
    std::vector<statistics::TailClaim> back{};
    std::size_t enrolled = 0;  // N of the FPIR
};
Result<TailCheck> check_tails(const std::vector<LabelledPicture>& first, const std::vector<LabelledPicture>& second,
                              const Samples& samples, std::size_t enrolled);

// A page with the cumulative match characteristic and FNIR against FPIR.
std::string open_set_page(const OpenSetRun& run, std::size_t rank, const std::string& data_name);

}  // namespace mien::eval
