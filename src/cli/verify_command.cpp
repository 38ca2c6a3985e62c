#include <iostream>
#include <memory>

#include "cli/commands.h"
#include "cli/faces.h"
#include "face/template/embedder.h"
#include "pipeline/calibration_file.h"

namespace mien::cli {
namespace {

struct Options {
    std::string a{};
    std::string b{};
    double fmr = 0.002;
    TemplateChoice made{};
    bool json = false;
};

Json interval_of(const FalseMatchRate& fmr) {
    return {{"value", fmr.value},
            {"low", fmr.low},
            {"high", fmr.high},
            {"bound", fmr.bound == FalseMatchRate::Bound::AtMost ? "at most" : "estimate"}};
}

std::string percent(double share) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3g %%", share * 100);
    return text.data();
}

Result<int> compare(const Options& options) {
    MIEN_LET(faces, open_faces(options.made.open({.mesh = pipeline::Mesh::Yes})));
    MIEN_LET(calibration, pipeline::shipped_calibration(faces.maker()));
    MIEN_LET(point, calibration.threshold_for(options.fmr));
    MIEN_LET(a, largest_face(faces, options.a, pipeline::Judge::Yes));
    MIEN_LET(b, largest_face(faces, options.b, pipeline::Judge::Yes));
    MIEN_LET(similarity, face::similarity(*a.made, *b.made));
    const FalseMatchRate fmr = calibration.at(similarity);
    const bool match = similarity >= point.threshold;
    if (options.json) {
        print_json({{"similarity", rounded(similarity)},
                    {"match", match},
                    {"threshold", rounded(point.threshold)},
                    {"fmr", fmr.value},
                    {"fmr_interval", interval_of(fmr)},
                    {"operating_point",
                     {{"fmr", point.fmr},
                      {"expected_fnmr", rounded(calibration.expected_fnmr(point.threshold))},
                      {"measured_on", point.measured_on},
                      {"subjects", calibration.subjects}}},
                    {"maker", calibration.maker},
                    {"a", json_of(a)},
                    {"b", json_of(b)}});
        return match ? done : negative;
    }
    std::cout << (match ? "match" : "no match") << "\n  similarity " << rounded(similarity) << ", threshold "
              << rounded(point.threshold) << " (false match rate " << percent(point.fmr) << " on " << point.measured_on
              << ", where " << percent(calibration.expected_fnmr(point.threshold))
              << " of true pairs are missed)\n  strangers reach this similarity in "
              << (fmr.bound == FalseMatchRate::Bound::AtMost ? "at most " : "") << percent(fmr.value)
              << " of comparisons (95 % interval " << percent(fmr.low) << " to " << percent(fmr.high) << ", "
              << calibration.subjects << " subjects)\n";
    for (const auto& [file, face] : {std::pair{options.a, &a}, std::pair{options.b, &b}}) {
        if (!face->quality) continue;
        for (const auto& measure : face->quality->measures) {
            if (!measure.advice.empty()) std::cout << "  " << file << ": " << measure.advice << '\n';
        }
    }
    return match ? done : negative;
}

}  // namespace

Command make_verify_command(CLI::App& parent) {
    auto options = std::make_shared<Options>();
    CLI::App* app = parent.add_subcommand("verify", "Say whether two pictures show the same person (1:1)");
    app->add_option("a", options->a, "First picture; its largest face counts")->required();
    app->add_option("b", options->b, "Second picture")->required();
    app->add_option("--fmr", options->fmr, "Wished false match rate; sets the threshold")->capture_default_str();
    add_template_options(*app, options->made);
    app->add_flag("--json", options->json, "One JSON document on standard output");
    app->footer(
        "Ends with 0 for a match, 1 for none, 2 when a picture can't be used.\n\nExamples:\n  mien verify id-card.jpg "
        "live.jpg\n  mien verify a.png b.png --fmr 0.01 --json");
    return {app, [options] {
                const auto code = compare(*options);
                return code ? *code : report(code.error());
            }};
}

}  // namespace mien::cli
