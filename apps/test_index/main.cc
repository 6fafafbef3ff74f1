// pawl-test-index: serves a world (test/support/world.h) on loopback until it is ended.

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include <unistd.h>

#include "base/fs.h"
#include "base/text.h"
#include "test/support/test_index.h"

namespace {

using pawl::test::Fault;
using pawl::test::TestIndexOptions;
using pawl::test::Wire;

constexpr const char* usage =
    "pawl-test-index --world FILE [--port N] [--delay-ms N] [--auth USER:PASSWORD]\n"
    "                [--only json|html] [--cache-control TEXT] [--no-validators] [--no-hashes]\n"
    "                [--ranges yes|no-suffix|ignored|refused|shifted] [--fault 'PATH KIND "
    "[TIMES]']…\n"
    "                [--files DIR]\n"
    "Wheels and sdists of DIR are releases, too; its other files lie beside them, those of its\n"
    "folders at /FOLDER/…. Prints the "
    "address of the index \"simple\" and serves until it is ended.\n"
    "Kinds of faults: reset, reset-in-body, cut, cut-silently, stall, stall-in-header, silence,\n"
    "drip-header, drip, trickle, garbage, noise, no-header, header-flood, long-header,\n"
    "continue-storm, short-length, long-length, two-lengths, bad-chunk, endless-chunks,\n"
    "flipped-bit, redirect-loop, login-page, or a status, perhaps with Retry-After: 429:2\n"
    "(of a date, \"_\" stands for blanks).\n";

struct WireName {
    std::string_view name;
    Wire wire;
};
constexpr WireName wire_names[] = {
    {"reset", Wire::reset},
    {"reset-in-body", Wire::reset_in_body},
    {"cut", Wire::cut},
    {"cut-silently", Wire::cut_silently},
    {"stall", Wire::stall},
    {"stall-in-header", Wire::stall_in_header},
    {"silence", Wire::silence},
    {"drip-header", Wire::drip_header},
    {"drip", Wire::drip},
    {"trickle", Wire::trickle},
    {"garbage", Wire::garbage},
    {"noise", Wire::noise},
    {"no-header", Wire::no_header},
    {"long-header", Wire::long_header},
    {"continue-storm", Wire::continue_storm},
    {"header-flood", Wire::header_flood},
    {"short-length", Wire::short_length},
    {"long-length", Wire::long_length},
    {"two-lengths", Wire::two_lengths},
    {"bad-chunk", Wire::bad_chunk},
    {"endless-chunks", Wire::endless_chunks},
    {"flipped-bit", Wire::flipped_bit},
};

bool read_fault(std::string_view text, std::vector<Fault>& faults) {
    std::vector<std::string_view> words = pawl::split(text, ' ');
    if (words.size() < 2 || words.size() > 3) {
        return false;
    }
    Fault fault{.path = std::string(words[0])};
    if (words.size() == 3) {
        fault.times = static_cast<int>(pawl::parse_unsigned(words[2]).value_or(1));
    }
    for (const WireName& known : wire_names) {
        if (known.name == words[1]) {
            fault.wire = known.wire;
            faults.push_back(fault);
            return true;
        }
    }
    if (words[1] == "redirect-loop") {
        fault.status = 302;
        fault.header = "Location: ?again";
        faults.push_back(fault);
        return true;
    }
    if (words[1] == "login-page") {
        fault.body = "<html><body><form action=\"/login\">Sign in</form></body></html>";
        fault.content_type = "text/html";
        faults.push_back(fault);
        return true;
    }
    auto halves = pawl::split_once(words[1], ':');
    auto status = pawl::parse_unsigned(halves ? halves->before : words[1]);
    if (!status || *status < 100 || *status > 599) {
        return false;
    }
    fault.status = static_cast<int>(*status);
    if (halves) {
        fault.header = "Retry-After: " + std::string(halves->after);
        std::ranges::replace(fault.header, '_', ' ');
    }
    faults.push_back(fault);
    return true;
}

struct Arguments {
    std::string world, files;
    TestIndexOptions options;
    std::vector<Fault> faults;
};

bool read_option(std::string_view name, const std::string& value, Arguments& read) {
    using Ranges = TestIndexOptions::Ranges;
    auto number = pawl::parse_unsigned(value);
    if (name == "--world") {
        read.world = value;
    } else if (name == "--files") {
        read.files = value;
    } else if (name == "--port" && number) {
        read.options.port = static_cast<uint16_t>(*number);
    } else if (name == "--delay-ms" && number) {
        read.options.delay_ms = static_cast<int>(*number);
    } else if (name == "--auth" && pawl::split_once(value, ':')) {
        read.options.user = pawl::split_once(value, ':')->before;
        read.options.password = pawl::split_once(value, ':')->after;
    } else if (name == "--only" && (value == "json" || value == "html")) {
        read.options.json = value == "json";
        read.options.html = value == "html";
    } else if (name == "--cache-control") {
        read.options.cache_control = value;
    } else if (name == "--ranges") {
        read.options.ranges = value == "no-suffix" ? Ranges::no_suffix
                              : value == "ignored" ? Ranges::ignored
                              : value == "refused" ? Ranges::refused
                              : value == "shifted" ? Ranges::shifted
                                                   : Ranges::yes;
    } else if (name == "--fault") {
        return read_fault(value, read.faults);
    } else {
        return false;
    }
    return true;
}

bool read_arguments(int count, char** arguments, Arguments& read) {
    for (int i = 1; i < count; ++i) {
        std::string_view name = arguments[i];
        if (name == "--no-validators") {
            read.options.validators = false;
        } else if (name == "--no-hashes") {
            read.options.hashes = false;
        } else if (i + 1 >= count || !read_option(name, arguments[++i], read)) {
            return false;
        }
    }
    return !read.world.empty();
}

bool is_distribution(std::string_view name) {
    return name.ends_with(".whl") || name.ends_with(".tar.gz");
}

/// The world of the text, with the distributions of a directory.
pawl::Result<pawl::test::World> read_world(const Arguments& read) {
    std::string text = TRY(pawl::fs::read(read.world));
    pawl::test::World world = TRY_IN(read.world, pawl::test::World::parse(text));
    if (!read.files.empty()) {
        for (const pawl::fs::DirectoryEntry& entry : TRY(pawl::fs::list(read.files))) {
            if (is_distribution(entry.name)) {
                std::string bytes = TRY(pawl::fs::read(pawl::fs::join(read.files, entry.name)));
                world.releases.push_back(
                    TRY(pawl::test::ready_release(entry.name, std::move(bytes))));
            }
        }
    }
    return world;
}

/// Files of the directory itself lie beside the distributions, others at their own paths.
pawl::Result<> serve_other_files(pawl::test::TestIndex& index, const std::string& directory,
                                 const std::string& place) {
    for (const pawl::fs::DirectoryEntry& entry : TRY(pawl::fs::list(directory))) {
        std::string path = pawl::fs::join(directory, entry.name);
        if (entry.type == pawl::fs::FileStat::Type::directory) {
            bool is_top = place == "/files/";
            TRY(serve_other_files(index, path, (is_top ? "/" : place) + entry.name + "/"));
        } else if (!is_distribution(entry.name)) {
            index.put(place + entry.name, "application/octet-stream", TRY(pawl::fs::read(path)));
        }
    }
    return {};
}

} // namespace

int main(int count, char** arguments) {
    Arguments read;
    if (!read_arguments(count, arguments, read)) {
        std::fputs(usage, stderr);
        return 2;
    }
    auto start = [&read]() -> pawl::Result<std::unique_ptr<pawl::test::TestIndex>> {
        auto started = TRY(pawl::test::TestIndex::start(TRY(read_world(read)), read.options));
        if (!read.files.empty()) {
            TRY(serve_other_files(*started, read.files, "/files/"));
        }
        return started;
    };
    auto index = start();
    if (!index) {
        std::fprintf(stderr, "%s\n", index.error().message.c_str());
        return static_cast<int>(index.error().kind);
    }
    for (const Fault& fault : read.faults) {
        (*index)->fail_with(fault);
    }
    std::printf("%s\n", (*index)->url().c_str());
    std::fflush(stdout);
    while (true) {
        pause(); // until a signal ends the process
    }
}
