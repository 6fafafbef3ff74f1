#pragma once
// Result<T> and TRY: the one way in which a failure travels through pawl.
//
// An Error carries the words that the user will read and the kind that decides the exit status
// (design §3). Success costs nothing measurable; no exception of ours is ever thrown.

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace pawl {

/// What went wrong, in the words the user will read, and the kind that decides the exit status.
struct [[nodiscard]] Error {
    /// Each kind's number is the process's exit status.
    enum class Kind : unsigned char {
        check_failed = 1,     ///< a question was answered "no": --check, --locked, validate, diff
        usage = 2,            ///< wrong options or arguments
        input = 100,          ///< a file, page or text is malformed
        no_solution = 101,    ///< no set of versions satisfies the requirements
        integrity = 102,      ///< hash, size, RECORD or names disagree
        refused = 103,        ///< an archive or a name is dangerous and was refused
        permission = 104,     ///< needs the user's word: a build, a foreign host, an overwrite
        network = 105,        ///< after retries; also "offline and not in the cache"
        authentication = 106, ///< 401 and 403
        disk = 107,           ///< full, read-only, I/O error, no descriptors
        busy = 108,           ///< waited too long for another process
        environment = 109,    ///< no fitting interpreter, or a broken environment
    };

    Kind kind = Kind::input;
    std::string message;

    /// Puts the outer place in front: "script.py:3: …".
    Error&& in(std::string_view place) && {
        message.insert(0, ": ").insert(0, place);
        return std::move(*this);
    }

    /// Adds a line that says what to do next.
    Error&& hint(std::string_view advice) && {
        message.append("\n  hint: ").append(advice);
        return std::move(*this);
    }
};

template <class T = void>
using Result = tl::expected<T, Error>;

/// The error of a function that returns a Result: `return fail(Error::Kind::input, "…");`
[[nodiscard]] inline tl::unexpected<Error> fail(Error::Kind kind, std::string message) {
    return tl::unexpected<Error>(Error{kind, std::move(message)});
}

/// Passes an error on, perhaps with a place in front of it.
[[nodiscard]] inline tl::unexpected<Error> fail(Error&& error) {
    return tl::unexpected<Error>(std::move(error));
}

namespace detail {
template <class T>
T take(tl::expected<T, Error>&& result) {
    if constexpr (!std::is_void_v<T>) {
        return std::move(*result);
    }
}
} // namespace detail

} // namespace pawl

// Each use has a variable of its own name, so that a TRY may stand inside another.
#define PAWL_JOIN_TOKENS_(a, b) a##b
#define PAWL_JOIN_TOKENS(a, b) PAWL_JOIN_TOKENS_(a, b)
#define PAWL_TRY(name, adorned, ...)                                                               \
    __extension__({                                                                                \
        auto name = (__VA_ARGS__);                                                                 \
        if (!name) [[unlikely]] {                                                                  \
            return ::tl::unexpected<::pawl::Error>(std::move(name.error()) adorned);               \
        }                                                                                          \
        ::pawl::detail::take(std::move(name));                                                     \
    })

/// Unwraps a Result (of void too), or returns its error from the enclosing function.
#define TRY(...) PAWL_TRY(PAWL_JOIN_TOKENS(try_result_, __COUNTER__), , __VA_ARGS__)

/// As TRY, with the outer place put in front of the error: TRY_IN(path, parse(text)).
#define TRY_IN(place, ...)                                                                         \
    PAWL_TRY(PAWL_JOIN_TOKENS(try_result_, __COUNTER__), .in(place), __VA_ARGS__)
