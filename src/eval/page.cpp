#include "eval/page.h"

#include <array>
#include <cstdio>

#include "eval/plot.h"

namespace mien::eval {

std::string text_of(const char* format, double value) {
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), format, value);
    return text.data();
}

std::string page(const std::string& title, const std::string& body) {
    return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
           "content=\"width=device-width\"><title>" +
           html_escaped(title) + R"(</title><style>
:root { color-scheme: light dark; }
body { font: 15px/1.5 sans-serif; max-width: 1180px; margin: 2rem auto; padding: 0 1rem; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 1.5rem; margin: 1.5rem 0; }
table { border-collapse: collapse; margin: 1rem 0; } td, th { padding: .25rem .9rem .25rem 0; text-align: left; border-bottom: 1px solid #8884; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
</style></head><body>
<h1>)" + html_escaped(title) +
           "</h1>\n" + body + "</body></html>\n";
}

std::string row(const std::string& name, const statistics::Interval& i, const char* format, double scale) {
    return "<tr><td>" + name + "</td><td class=n>" + text_of(format, i.value * scale) + "</td><td class=n>" +
           text_of(format, i.low * scale) + " to " + text_of(format, i.high * scale) + "</td></tr>\n";
}

}  // namespace mien::eval
