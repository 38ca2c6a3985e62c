#include "cli/output.h"

#include <cmath>
#include <iostream>

#include "base/text.h"

namespace mien::cli {

void print_json(const Json& document) {
    constexpr int indent = 2;
    std::cout << document.dump(indent, ' ', false, Json::error_handler_t::replace) << '\n' << std::flush;
}

int exit_code_of(Fault fault) {
    switch (fault) {
        case Fault::BadInput:
        case Fault::Unsupported:
        case Fault::Corrupt:
        case Fault::NotFound:
        case Fault::Conflict:
            return 2;
        case Fault::Overloaded:
        case Fault::Unavailable:
        case Fault::Bug:
            return 3;
    }
    return 3;
}

int report(const Error& error) {
    std::cerr << "mien: " << error.message << '\n';
    return exit_code_of(error.fault);
}

double rounded(double value) {
    constexpr double parts = 1e4;
    return std::round(value * parts) / parts;
}

Json json_of(const Error& error) {
    return {{"fault", name_of(error.fault)}, {"message", error.message}};
}

Json json_of(const Box& box) {
    const auto tenth = [](float v) { return std::round(v * 10.0) / 10; };
    return Json::array({tenth(box.x), tenth(box.y), tenth(box.width), tenth(box.height)});
}

Json json_of(Point point) {
    return Json::array({std::round(point.x * 10.0) / 10, std::round(point.y * 10.0) / 10});
}

void announce(const models::Plan& plan) {
    std::cerr << "mien: " << plan.items.size() << (plan.items.size() == 1 ? " model is" : " models are")
              << " fetched once (" << human_bytes(static_cast<double>(plan.bytes))
              << " of files; the packages that hold them may be larger):\n";
    for (const auto& item : plan.items) {
        std::cerr << "  " << item.card.name << ", " << human_bytes(static_cast<double>(item.bytes))
                  << ", weights: " << item.card.weights_licence
                  << (item.card.files.empty() || item.card.files[0].sources.empty()
                          ? ""
                          : ", from " +
                                item.card.files[0].sources[0].substr(0, item.card.files[0].sources[0].find('#')))
                  << '\n';
    }
}

}  // namespace mien::cli
