#include "ops/variant.h"

#include <algorithm>

#include "base/fs.h"
#include "base/text.h"
#include "ops/lock_input.h"
#include "ops/project_input.h"
#include "ops/script_source.h"
#include "script/inline_metadata.h"

namespace pawl::ops {

namespace {

using hardware::Variant;

std::string names_of(std::span<const Variant> variants) {
    std::vector<std::string> names;
    for (const Variant& variant : variants) {
        names.push_back(variant.name);
    }
    return join_words(names);
}

/// The variant of that name.
Result<const Variant*> named(std::span<const Variant> variants, std::string_view name,
                             std::string_view what) {
    auto found = std::ranges::find(variants, name, &Variant::name);
    if (found == variants.end()) {
        return fail(Error::Kind::usage, printable(what) + " has no variant \"" + printable(name) +
                                            "\", only " + names_of(variants));
    }
    return &*found;
}

Error no_variants(std::string_view what) {
    return Error{Error::Kind::usage, printable(what) + " has no variants"}.hint(
        "they are tables like [tool.pawl.variants.cuda12]");
}

/// What was found, sentence by sentence, and what became of each variant.
void explain(const hardware::Machine& machine, const hardware::Choice& choice, Terminal& terminal) {
    terminal.note("this machine has " + machine.str() + ":");
    for (const std::string& finding : machine.findings) {
        terminal.note("  " + finding);
    }
    for (const hardware::Verdict& verdict : choice.verdicts) {
        terminal.note("variant " + verdict.variant->name + ": " + verdict.reason);
    }
}

Error none_fits(const hardware::Machine& machine, const hardware::Choice& choice,
                std::string_view what) {
    std::string message =
        printable(what) + ": no variant is for this machine, which has " + machine.str();
    for (const hardware::Verdict& verdict : choice.verdicts) {
        message += "\n  " + verdict.variant->name + " needs " + verdict.variant->condition();
    }
    return Error{Error::Kind::environment, std::move(message)}.hint(
        "--variant NAME takes one all the same; a variant without \"when\" is for all machines "
        "that no other is for");
}

} // namespace

Result<PickedVariant> pick_variant(std::span<const Variant> variants, const VariantWish& wish,
                                   std::string_view what, Terminal& terminal) {
    if (variants.empty()) {
        return fail(no_variants(what));
    }
    bool is_named = !wish.name.empty() && wish.name != hardware::automatic;
    if (is_named) {
        const Variant* variant = TRY(named(variants, wish.name, what));
        if (wish.explain) {
            terminal.note("variant " + variant->name + ": asked for by name, whatever is there");
        }
        return PickedVariant{*variant, std::nullopt};
    }
    hardware::Machine machine = TRY(hardware::this_machine());
    hardware::Choice choice = hardware::choose_variant(variants, machine);
    if (wish.explain) {
        explain(machine, choice, terminal);
    }
    if (choice.chosen == nullptr) {
        return fail(none_fits(machine, choice, what));
    }
    return PickedVariant{*choice.chosen, std::move(machine)};
}

Result<std::vector<std::string>> named_variants(std::span<const Variant> variants,
                                                std::span<const std::string> names,
                                                std::string_view what, Terminal& terminal) {
    if (variants.empty() && !names.empty()) {
        return fail(no_variants(what));
    }
    std::vector<std::string> wanted;
    for (const std::string& name : names) {
        wanted.push_back(TRY(pick_variant(variants, {.name = name}, what, terminal)).variant.name);
    }
    std::vector<std::string> list;
    for (const Variant& variant : variants) {
        if (names.empty() || std::ranges::find(wanted, variant.name) != wanted.end()) {
            list.push_back(variant.name);
        }
    }
    if (variants.empty()) {
        list.emplace_back();
    }
    return list;
}

std::vector<Variant> variants_of(const ScriptState& script) {
    std::vector<Variant> variants;
    if (script.bytes.find("variants") == std::string::npos) {
        return variants; // most scripts have none, and there may be thousands
    }
    auto metadata = script::read_inline_metadata(script.bytes, script.text_path);
    if (metadata && *metadata) {
        for (const script::ScriptVariant& one : (*metadata)->variants) {
            variants.push_back(one.variant);
        }
    }
    return variants;
}

Result<> settle_variant(ScriptState& script, const VariantWish& wish, Terminal& terminal) {
    std::vector<Variant> variants = variants_of(script);
    if (variants.empty() && wish.name.empty()) {
        if (wish.explain) {
            terminal.note(printable(script.name) + " has no variants");
        }
        return {};
    }
    PickedVariant picked = TRY(pick_variant(variants, wish, script.name, terminal));
    script.variant = std::move(picked.variant.name);
    script.machine = std::move(picked.machine);
    return {};
}

Result<std::string> lock_of_variant(std::string_view what, const VariantWish& wish,
                                    Terminal& terminal) {
    std::string path = TRY(fs::absolute(what.empty() ? "." : what));
    std::string lock;
    std::string variant;
    if (fs::is_directory(path) || fs::base_name(path) == "pyproject.toml") {
        path = fs::is_directory(path) ? fs::join(path, "pyproject.toml") : path;
        if (!fs::exists(path)) {
            return fail(Error::Kind::usage, "there is no " + printable(path));
        }
        auto variants = TRY(variants_of_project(path, path));
        variant = TRY(pick_variant(variants, wish, path, terminal)).variant.name;
        lock = TRY(lock_path_of("", fs::parent(path), variant));
    } else {
        ScriptState script = TRY(script_at(what));
        variant = TRY(pick_variant(variants_of(script), wish, what, terminal)).variant.name;
        lock = script::lock_path_beside(script.path, variant);
    }
    if (!fs::exists(lock)) {
        return fail(Error{Error::Kind::check_failed, "the variant \"" + variant +
                                                         "\" has no lock (looked for " +
                                                         printable(lock) + ")"}
                        .hint("make one with: pawl lock --variant " + variant +
                              (what.empty() ? "" : " " + printable(what))));
    }
    return lock;
}

} // namespace pawl::ops
