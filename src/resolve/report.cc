#include "resolve/report.h"

namespace pawl::resolve {

std::string Report::str() const {
    std::string text = "no solution";
    if (!region.empty()) {
        text += " where ";
        text += region;
    }
    text += ":";
    for (const std::string& step : steps) {
        text += "\n  " + step;
    }
    if (!conclusion.empty()) {
        text += "\n  " + conclusion;
    }
    for (const std::string& hint : hints) {
        text += "\n  hint: " + hint;
    }
    return text;
}

} // namespace pawl::resolve
