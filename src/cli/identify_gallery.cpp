#include "cli/identify_gallery.h"

#include <iostream>

#include "base/stop.h"
#include "face/template/embedder.h"
#include "media/list_pictures.h"

namespace mien::cli {
namespace {

void print(const Probe& probe, const Answer& answer) {
    std::cout << probe.files.front();
    if (probe.files.size() > 1) std::cout << " and " << probe.files.size() - 1 << " more";
    std::cout << ": " << (answer.best() == nullptr ? "nobody in the gallery" : answer.best()->subject.name) << '\n';
    for (const Candidate& c : answer.candidates)
        std::cout << "  " << rounded(c.similarity) << (c.match ? "  match     " : "  no match  ") << c.subject.name
                  << '\n';
    for (const Candidate& c : answer.held_back)
        std::cout << "  " << rounded(c.similarity) << "  held back " << c.subject.name
                  << " (somebody said: not this person)\n";
}

// Two people looked up as one are nobody.
Status warn_of_others(const std::vector<Probe>& probes, float threshold) {
    for (const Probe& probe : probes) {
        MIEN_LET(similarity,
                 face::similarity(probes.front().templates.front().front(), probe.templates.front().front()));
        if (similarity < threshold)
            std::cerr << "mien: " << probe.files.front() << " does not look like the person in "
                      << probes.front().files.front() << " (" << rounded(similarity)
                      << "): is it one person? Without --one-person each is looked up by itself\n";
    }
    return {};
}

}  // namespace

Result<int> for_each_probe(const GalleryLook& look, const std::vector<std::string>& pictures, Pictures of,
                           pipeline::Faces which, Json& searches,
                           const std::function<Result<int>(const Probe&)>& look_up) {
    int code = done;
    const auto fail = [&](const std::string& file, const Error& error) {
        code = std::max(code, report(error));
        searches.push_back({{"file", file}, {"error", cli::json_of(error)}});
    };
    MIEN_LET(files, media::list_pictures(pictures));
    std::vector<Probe> of_one;
    for (const std::filesystem::path& file : files) {
        if (stop_asked()) break;
        const std::string picture = file.string();
        auto probes = look.probes_of(picture, of == Pictures::OfOnePerson ? pipeline::Faces::Largest : which);
        if (!probes) {
            fail(picture, probes.error());
            continue;
        }
        for (Probe& probe : *probes) {
            if (of == Pictures::OfOnePerson) {
                of_one.push_back(std::move(probe));
                continue;
            }
            MIEN_LET(answered, look_up(probe));
            code = std::max(code, answered);
        }
    }
    if (stop_asked()) {
        std::cerr << "mien: stopped by the user; what was looked up so far is shown\n";
        return stopped;
    }
    if (of == Pictures::OfOnePerson) {
        if (of_one.empty()) return code;
        MIEN_TRY(warn_of_others(of_one, look.threshold()));
        MIEN_LET(whole, as_one_person(std::move(of_one)));
        MIEN_LET(answered, look_up(whole));
        code = std::max(code, answered);
    }
    return code;
}

Result<int> identify_in_gallery(const LookWish& wish, const std::vector<std::string>& pictures, Pictures of) {
    MIEN_LET(store, open_store(wish.store, gallery::StoreOptions::Missing::Fail));
    MIEN_LET(look, GalleryLook::open(store, wish));
    Json searches = Json::array();
    MIEN_LET(code, for_each_probe(look, pictures, of, pipeline::Faces::Largest, searches,
                                  [&](const Probe& probe) -> Result<int> {
                                      MIEN_LET(answer, look.look(probe));
                                      MIEN_TRY(look.record("identify", answer));
                                      if (!wish.store.json) print(probe, answer);
                                      if (answer.candidates.empty() && wish.chosen.where.asks())
                                          std::cerr << "mien: nobody in the gallery meets the conditions\n";
                                      searches.push_back(look.json_of(probe, answer));
                                      return answer.best() == nullptr ? negative : done;
                                  }));
    if (wish.store.json) {
        Json document{{"searches", searches}};
        look.add_point(document);
        print_json(document);
    }
    look.tell();
    return code;
}

}  // namespace mien::cli
