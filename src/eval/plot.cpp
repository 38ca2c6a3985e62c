#include "eval/plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace mien::eval {
namespace {

constexpr double width = 560;
constexpr double height = 360;
constexpr double left = 70;
constexpr double right = 16;
constexpr double top = 34;
constexpr double bottom = 52;
// Told apart by people who see few colours, too (Okabe and Ito's palette).
constexpr std::array<const char*, 4> colours{"#0072B2", "#D55E00", "#009E73", "#CC79A7"};

std::string number(double value, const char* format = "%.1f") {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), format, value);
    return text.data();
}

double share(const Axis& axis, double value) {
    if (axis.scale == Axis::Scale::Linear) return std::clamp((value - axis.low) / (axis.high - axis.low), 0.0, 1.0);
    const double safe = std::clamp(value, axis.low, axis.high);
    return std::log(safe / axis.low) / std::log(axis.high / axis.low);
}

double x_of(const Axis& axis, double value) {
    return left + share(axis, value) * (width - left - right);
}
double y_of(const Axis& axis, double value) {
    return height - bottom - share(axis, value) * (height - top - bottom);
}

std::vector<double> ticks(const Axis& axis) {
    std::vector<double> found;
    if (axis.scale == Axis::Scale::Logarithmic) {
        for (double at = std::pow(10, std::ceil(std::log10(axis.low) - 1e-9)); at <= axis.high * 1.0001; at *= 10)
            found.push_back(at);
        return found;
    }
    const double raw = (axis.high - axis.low) / 6;
    const double decade = std::pow(10, std::floor(std::log10(raw)));
    const double step = raw / decade < 1.5   ? decade
                        : raw / decade < 3.5 ? 2 * decade
                        : raw / decade < 7.5 ? 5 * decade
                                             : 10 * decade;
    for (double at = std::ceil(axis.low / step - 1e-9) * step; at <= axis.high + step * 1e-6; at += step)
        found.push_back(std::abs(at) < step * 1e-6 ? 0 : at);
    return found;
}

std::string text(double x, double y, const std::string& anchor, const std::string& content,
                 const std::string& more = "") {
    return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\"" + more + ">" +
           html_escaped(content) + "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2, const std::string& look) {
    return "<line x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" + number(x2) + "\" y2=\"" + number(y2) +
           "\" " + look + "/>\n";
}

std::string frame(const Axis& x, const Axis& y) {
    const std::string grid = "stroke=\"#8884\" stroke-width=\"1\"";
    std::string out;
    for (const double at : ticks(x)) {
        out += line(x_of(x, at), top, x_of(x, at), height - bottom, grid);
        out += text(x_of(x, at), height - bottom + 18, "middle", number(at, "%g"));
    }
    for (const double at : ticks(y)) {
        out += line(left, y_of(y, at), width - right, y_of(y, at), grid);
        out += text(left - 8, y_of(y, at) + 4, "end", number(at, "%g"));
    }
    out += text((left + width - right) / 2, height - 10, "middle", x.label);
    const double middle = (top + height - bottom) / 2;
    return out + text(16, middle, "middle", y.label, " transform=\"rotate(-90 16 " + number(middle) + ")\"");
}

std::string drawn(const Curve& curve, const Axis& x, const Axis& y, const std::string& colour) {
    std::string path;
    std::string out;
    for (std::size_t i = 0; i < curve.points.size(); ++i) {
        const double px = x_of(x, curve.points[i].first);
        const double py = y_of(y, curve.points[i].second);
        path += (path.empty() ? "M" : "L") + number(px) + " " + number(py);
        if (curve.style == Curve::Style::Dots)
            out += "<circle cx=\"" + number(px) + "\" cy=\"" + number(py) + "\" r=\"3.5\" fill=\"" + colour + "\"/>\n";
        if (curve.style == Curve::Style::Bars && i % 2 == 1)
            out += line(x_of(x, curve.points[i - 1].first), y_of(y, curve.points[i - 1].second), px, py,
                        "stroke=\"" + colour + "\" stroke-width=\"3\" stroke-opacity=\"0.6\"");
    }
    const bool filled = curve.style == Curve::Style::Filled;
    if (curve.points.empty() || (curve.style != Curve::Style::Line && !filled)) return out;
    if (filled)
        path += "L" + number(x_of(x, curve.points.back().first)) + " " + number(height - bottom) + "L" +
                number(x_of(x, curve.points.front().first)) + " " + number(height - bottom) + "Z";
    return "<path d=\"" + path + "\" stroke=\"" + colour + "\" stroke-width=\"2\" fill=\"" +
           (filled ? colour : "none") + "\" fill-opacity=\"0.35\"/>\n";
}

}  // namespace

std::string html_escaped(const std::string& plain) {
    std::string out;
    for (const char c : plain) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '"')
            out += "&quot;";
        else
            out += c;
    }
    return out;
}

std::string svg_of(const std::string& title, const Axis& x, const Axis& y, const std::vector<Curve>& curves) {
    std::string out =
        "<svg viewBox=\"0 0 560 360\" role=\"img\" font-family=\"sans-serif\" font-size=\"12\" "
        "fill=\"currentColor\">\n<title>" +
        html_escaped(title) + "</title>\n";
    out += text(left, 20, "start", title, " font-size=\"15\" font-weight=\"600\"") + frame(x, y);
    double legend = width - right;
    for (std::size_t i = curves.size(); i-- > 0;) {
        const std::string colour = colours.at(i % colours.size());
        out += drawn(curves[i], x, y, colour);
        if (curves[i].name.empty()) continue;
        out += text(legend, 20, "end", curves[i].name, " style=\"fill:" + colour + "\"");
        legend -= 7.0 * static_cast<double>(curves[i].name.size()) + 14;
    }
    return out + "</svg>\n";
}

}  // namespace mien::eval
