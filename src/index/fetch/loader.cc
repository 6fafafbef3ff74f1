#include "index/fetch/loader.h"

#include <cstdlib>
#include <dlfcn.h>

#include "base/fs.h"

namespace pawl::index {

namespace {

constexpr const char* library_name = "libpawl_fetch.so";

void* open_library(std::string& tried) {
    auto program = fs::read_link("/proc/self/exe");
    if (program) {
        std::string directory(fs::parent(*program));
        for (const char* place : {"", "../lib/pawl"}) {
            std::string path = fs::join(fs::join(directory, place), library_name);
            if (fs::exists(path)) {
                if (void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
                    return library;
                }
                tried = dlerror();
                return nullptr;
            }
        }
    }
#ifdef PAWL_FETCH_DIRECTORY
    std::string built = fs::join(PAWL_FETCH_DIRECTORY, library_name);
#else
    std::string built = library_name;
#endif
    void* library = dlopen(built.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        tried = dlerror();
    }
    return library;
}

} // namespace

Result<std::unique_ptr<Fetcher>> load_fetcher(const FetcherSettings& settings) {
    // Some resolvers lose packets and the C library waits 5 s for each: cap that unless the user
    // has an opinion. Read by the resolver at its first look-up, so it must be set before.
    setenv("RES_OPTIONS", "timeout:1 attempts:5", 0);
    std::string tried;
    void* library = open_library(tried);
    if (library == nullptr) {
        return fail(
            Error{Error::Kind::environment, "cannot load the network library: " + tried}.hint(
                std::string(library_name) +
                " belongs beside the program or into ../lib/pawl/; is libcurl "
                "(libcurl4, libsimdjson14) installed?"));
    }
    void* symbol = dlsym(library, make_fetcher_symbol);
    auto make = reinterpret_cast<MakeFetcher>(symbol); // POSIX says that dlsym's answer may be this
    Fetcher* fetcher = make == nullptr ? nullptr : make(fetch_library_version, settings);
    if (fetcher == nullptr) {
        return fail(Error::Kind::environment,
                    std::string(library_name) +
                        " does not fit this program: is it of another build?");
    }
    return std::unique_ptr<Fetcher>(fetcher);
}

} // namespace pawl::index
