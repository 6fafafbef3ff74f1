#include "script/module_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "base/fs.h"
#include "script/stdlib_table.h"
#include "text/json.h"

namespace pawl::script {
namespace {

constexpr struct {
    std::string_view module, name, project;
} meant[] = {
    {"cv2", "", "opencv-python"},
    {"PIL", "Image", "pillow"},
    {"PIL.Image", "", "pillow"},
    {"yaml", "", "pyyaml"},
    {"sklearn.linear_model", "LinearRegression", "scikit-learn"},
    {"bs4", "BeautifulSoup", "beautifulsoup4"},
    {"dateutil.parser", "", "python-dateutil"},
    {"dotenv", "load_dotenv", "python-dotenv"},
    {"jwt", "", "pyjwt"},
    {"Crypto.Cipher", "AES", "pycryptodome"},
    {"serial", "", "pyserial"},
    {"usb.core", "", "pyusb"},
    {"gi.repository", "Gtk", "pygobject"},
    {"wx", "", "wxpython"},
    {"OpenSSL", "", "pyopenssl"},
    {"pkg_resources", "", "setuptools"},
    {"attr", "", "attrs"},
    {"markdown_it", "", "markdown-it-py"},
    {"docx", "Document", "python-docx"},
    {"pptx", "", "python-pptx"},
    {"fitz", "", "pymupdf"},
    {"psycopg2", "", "psycopg2-binary"},
    {"MySQLdb", "", "mysqlclient"},
    {"zmq", "", "pyzmq"},
    {"win32api", "", "pywin32"},
    {"ruamel.yaml", "YAML", "ruamel-yaml"},
    {"ruamel", "yaml", "ruamel-yaml"},
    {"google.cloud", "storage", "google-cloud-storage"},
    {"google.cloud.storage.blob", "Blob", "google-cloud-storage"},
    {"google.protobuf", "message", "protobuf"},
    {"google.oauth2", "service_account", "google-auth"},
    {"azure.storage.blob", "BlobServiceClient", "azure-storage-blob"},
    {"azure.identity", "", "azure-identity"},
    {"skimage.io", "", "scikit-image"},
    {"telegram", "Bot", "python-telegram-bot"},
    {"discord.ext", "commands", "discord-py"},
    {"slugify", "", "python-slugify"},
    {"git", "Repo", "gitpython"},
    {"requests", "", "requests"},
    {"typing_extensions", "Self", "typing-extensions"},
    {"mpl_toolkits.mplot3d", "Axes3D", "matplotlib"},
    {"six.moves", "urllib", "six"},
    {"RPi.GPIO", "", "rpi-gpio"},
    {"google.cloud", "", "google-cloud-core"},
    {"google.cloud.secretmanager_v1", "", "google-cloud-secret-manager"},
    {"google.cloud.devtools", "cloudbuild_v1", "google-cloud-build"},
    {"azure.storage.filedatalake", "", "azure-storage-file-datalake"},
    {"opentelemetry.sdk.trace", "", "opentelemetry-sdk"},
    {"opentelemetry", "trace", "opentelemetry-api"},
    {"sphinxcontrib.mermaid", "", "sphinxcontrib-mermaid"},
    {"backports.zoneinfo", "", "backports-zoneinfo"},
    {"backports", "tarfile", "backports-tarfile"},
    {"jaraco.functools", "", "jaraco-functools"},
    {"zope.interface", "", "zope-interface"},
    {"ldap", "", "python-ldap"},
    {"magic", "", "python-magic"},
    {"nacl.signing", "", "pynacl"},
    {"cairo", "", "pycairo"},
    {"Xlib.display", "", "python-xlib"},
    {"slack_sdk", "", "slack-sdk"},
    {"MeCab", "", "mecab-python3"},
    {"paddle", "", "paddlepaddle"},
    {"osgeo", "gdal", "gdal"},
    {"kiota_abstractions.request_adapter", "", "microsoft-kiota-abstractions"},
    {"openslide", "", "openslide-python"},
    {"zxingcpp", "", "zxing-cpp"},
    {"xattr", "", "xattr"},
    {"airflow.providers.google", "", "apache-airflow-providers-google"},
};

TEST(ModuleTable, knows_what_people_mean) {
    for (const auto& c : meant) {
        SCOPED_TRACE(c.module);
        const ProjectGuess guess = project_of(c.module, c.name);
        EXPECT_EQ(guess.project, c.project);
        EXPECT_FALSE(guess.guessed);
    }
}

TEST(ModuleTable, guesses_aloud_from_the_root_or_below_a_namespace) {
    const struct {
        std::string_view module, name, project, decided_by;
    } cases[] = {
        {"no_such_Module.x", "y", "no-such-module", "no_such_Module"},
        {"google.cloud", "not_there_yet", "google-cloud-not-there-yet",
         "google.cloud.not_there_yet"},
        {"google.cloud.novelty_v1beta2.types", "", "google-cloud-novelty",
         "google.cloud.novelty_v1beta2"},
        {"google.cloud.so_very_new", "", "google-cloud-so-very-new", "google.cloud.so_very_new"},
        {"azure.mgmt.novelty.models", "", "azure-mgmt-novelty", "azure.mgmt.novelty"},
        {"airflow.providers.novelty", "", "apache-airflow-providers-novelty",
         "airflow.providers.novelty"},
        {"google", "", "", "google"},
        {"google", "*", "", "google"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.module);
        const ProjectGuess guess = project_of(c.module, c.name);
        EXPECT_EQ(guess.project, c.project);
        EXPECT_EQ(guess.module, c.decided_by);
        EXPECT_TRUE(guess.guessed);
    }
}

TEST(ModuleTable, names_other_projects_that_would_do) {
    const ProjectGuess guess = project_of("cv2");
    EXPECT_EQ(std::ranges::count(guess.alternatives, "opencv-python-headless"), 1);
    EXPECT_TRUE(project_of("requests").alternatives.empty());
}

TEST(ModuleTable, every_entry_is_found_and_odd_names_are_not) {
    EXPECT_GT(module_table_size(), 3000U);
    for (const std::string_view odd : {"", ".", "..a", "=", "a=b", "\n", "zzzzzzzz", "AAAA"}) {
        EXPECT_FALSE(find_project(odd)) << odd;
    }
    EXPECT_TRUE(project_of(std::string(100'000, 'a')).guessed);
    std::string deep = "a";
    for (int i = 0; i < 1000; ++i) {
        deep += ".a";
    }
    EXPECT_TRUE(project_of(deep).guessed);
}

std::string shared_folder() {
    const char* variable = std::getenv("PAWL_SHARED");
    return variable != nullptr ? variable : std::string(PAWL_SOURCE_DIR) + "/../shared";
}

TEST(ModuleTable, agrees_with_the_recorded_import_names) {
    const std::string path = shared_folder() + "/import-names.json";
    const auto text = fs::read(path);
    if (!text) {
        GTEST_SKIP() << "there is no " << path;
    }
    const auto names = text::parse_json(*text);
    ASSERT_TRUE(names) << names.error().message;
    std::map<std::string, std::set<std::string>> providers;
    for (const auto& [project, modules] : names->as_object()) {
        for (const text::Value& module : modules.as_array()) {
            providers[module.as_string()].insert(project);
        }
    }
    size_t checked = 0;
    for (const auto& [module, projects] : providers) {
        if (stdlib_minors(module.substr(0, module.find('.'))) == every_minor) {
            continue;
        }
        const ProjectGuess guess = project_of(module);
        EXPECT_EQ(projects.count(guess.project), 1U) << module << " is " << guess.project;
        ++checked;
    }
    EXPECT_GT(checked, 300U);
}

TEST(StdlibTable, knows_versions) {
    EXPECT_EQ(stdlib_minors("json"), every_minor);
    EXPECT_EQ(stdlib_minors("requests"), 0);
    EXPECT_TRUE(is_stdlib("tomllib", 11));
    EXPECT_FALSE(is_stdlib("tomllib", 10));
    EXPECT_TRUE(is_stdlib("distutils", 11));
    EXPECT_FALSE(is_stdlib("distutils", 12));
    EXPECT_FALSE(is_stdlib("cgi", 13));
    EXPECT_TRUE(is_stdlib("compression", 14));
    EXPECT_TRUE(is_stdlib("annotationlib", 99));
    EXPECT_FALSE(is_stdlib("annotationlib", 1));
    EXPECT_TRUE(is_stdlib("__main__", 12));
    EXPECT_TRUE(is_stdlib("winreg", 12)); // of another platform
    EXPECT_TRUE(is_python2_only("urllib2"));
    EXPECT_FALSE(is_python2_only("urllib"));
}

} // namespace
} // namespace pawl::script
