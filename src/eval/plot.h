#pragma once

#include <string>
#include <utility>
#include <vector>

namespace mien::eval {

struct Axis {
    enum class Scale { Linear, Logarithmic };
    std::string label{};
    double low = 0;  // above 0 on a logarithmic axis
    double high = 1;
    Scale scale = Scale::Linear;
};

struct Curve {
    enum class Style { Line, Filled, Dots, Bars };  // Bars: pairs of points, joined by upright strokes
    std::string name{};
    std::vector<std::pair<double, double>> points{};
    Style style = Style::Line;
};

// A picture of curves as SVG for a page of HTML; what lies outside the axes is cut at the border.
std::string svg_of(const std::string& title, const Axis& x, const Axis& y, const std::vector<Curve>& curves);

std::string html_escaped(const std::string& text);

}  // namespace mien::eval
