#include "base/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace mien::log {
namespace {

spdlog::logger& logger() {
    static const std::shared_ptr<spdlog::logger> one = [] {
        auto made = spdlog::stderr_color_mt("mien");
        made->set_pattern("%^%l%$: %v");
        made->set_level(spdlog::level::warn);
        return made;
    }();
    return *one;
}

}  // namespace

void set_level(Level lowest) {
    switch (lowest) {
        case Level::Debug:
            return logger().set_level(spdlog::level::debug);
        case Level::Info:
            return logger().set_level(spdlog::level::info);
        case Level::Warning:
            return logger().set_level(spdlog::level::warn);
        case Level::Error:
            return logger().set_level(spdlog::level::err);
    }
}
void debug(std::string_view line) {
    logger().debug("{}", line);
}
void info(std::string_view line) {
    logger().info("{}", line);
}
void warning(std::string_view line) {
    logger().warn("{}", line);
}
void error(std::string_view line) {
    logger().error("{}", line);
}

}  // namespace mien::log
