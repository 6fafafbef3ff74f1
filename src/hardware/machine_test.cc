// Machines are folders here: what the probe finds is never this machine's own.

#include "hardware/machine.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/fs.h"
#include "base/text.h"

namespace pawl::hardware {
namespace {

class MachineTest : public testing::Test {
  protected:
    void SetUp() override {
        auto made = fs::TemporaryDirectory::create("/tmp", "pawl-hardware-");
        ASSERT_TRUE(made);
        root_.emplace(std::move(*made));
    }

    std::string path(std::string_view place) const { return fs::join(root_->path(), place); }

    void put(std::string_view place, std::string_view text) const {
        ASSERT_TRUE(fs::make_directories(fs::parent(path(place))));
        ASSERT_TRUE(fs::write_new(path(place), text));
    }
    void put_driver(std::string_view version) const {
        put("proc/driver/nvidia/version",
            "NVRM version: NVIDIA UNIX x86_64 Kernel Module  " + std::string(version) +
                "  Tue Mar  5 22:23:56 UTC 2024\nGCC version:  gcc version 12.2.0 (Debian)\n");
    }

    Machine probe() const { return probe_machine(root_->path()); }
    static bool has(const std::vector<std::string>& list, const std::string& text) {
        return std::ranges::find(list, text) != list.end();
    }

    std::optional<fs::TemporaryDirectory> root_;
};

TEST_F(MachineTest, WithoutDriversNothingIsFound) {
    Machine machine = probe();
    EXPECT_EQ(machine.str(), "no GPU that pawl knows");
    EXPECT_EQ(join(machine.findings, "; "), "no NVIDIA driver is loaded; no AMD driver is loaded");
    for (std::string_view place : {"proc/driver/nvidia/version", "dev/dxg", "dev/kfd"}) {
        EXPECT_TRUE(has(machine.absent, path(place))) << place;
    }
}

TEST_F(MachineTest, TheLibrarySaysWhichCuda) {
    put_driver("535.54.03"); // whose branch has 12.2
    ASSERT_TRUE(fs::make_directories(path("usr/lib64")));
    ASSERT_TRUE(fs::copy_file(PAWL_FAKE_DRIVER, path("usr/lib64/libcuda.so.1")));
    Machine machine = probe();
    EXPECT_EQ(machine.str(), "CUDA 12.4");
    EXPECT_TRUE(machine.findings[0].starts_with("the NVIDIA driver 535.54.3 supports CUDA 12.4"))
        << machine.findings[0];
    EXPECT_TRUE(has(machine.files, path("proc/driver/nvidia/version")));
    EXPECT_TRUE(has(machine.links, path("usr/lib64/libcuda.so.1")));
}

TEST_F(MachineTest, ALibraryWithoutAnAnswerLeavesItToTheBranch) {
    put_driver("550.54.15");
    put("usr/lib/x86_64-linux-gnu/libcuda.so.1", "no library at all");
    Machine machine = probe();
    EXPECT_EQ(machine.str(), "CUDA 12.4");
    EXPECT_EQ(machine.findings[0],
              "the NVIDIA driver 550.54.15 supports CUDA 12.4 (its branch says)");
}

TEST_F(MachineTest, TheOpenModuleTellsItsVersionElsewhere) {
    put("proc/driver/nvidia/version",
        "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build\n");
    put("usr/lib/libcuda.so.1", "");
    EXPECT_EQ(probe().str(), "CUDA 13.0");
}

TEST_F(MachineTest, ADriverWithoutItsLibraryIsOfNoUse) { // a container without GPUs
    put_driver("550.54.15");
    Machine machine = probe();
    EXPECT_TRUE(machine.devices.empty());
    EXPECT_NE(machine.findings[0].find("no libcuda.so.1"), std::string::npos);
    EXPECT_TRUE(has(machine.absent, path("usr/lib64/libcuda.so.1")));
}

TEST_F(MachineTest, WindowsDriverIsBehindItsOwnDevice) {
    put("dev/dxg", "");
    ASSERT_TRUE(fs::make_directories(path("usr/lib/wsl/lib")));
    ASSERT_TRUE(fs::copy_file(PAWL_FAKE_DRIVER, path("usr/lib/wsl/lib/libcuda.so.1")));
    EXPECT_EQ(probe().str(), "CUDA 12.4");
}

TEST_F(MachineTest, ADriverThatTellsNothingIsThereWithoutAVersion) {
    put("proc/driver/nvidia/version", "???\n");
    put("usr/lib/libcuda.so.1", "");
    Machine machine = probe();
    ASSERT_EQ(machine.devices.size(), 1U);
    EXPECT_FALSE(machine.devices[0].version);
    EXPECT_EQ(machine.str(), "CUDA");
}

TEST_F(MachineTest, RocmIsItsDeviceAndItsVersionFile) {
    put("opt/rocm/.info/version", "6.0.2-115\n");
    EXPECT_TRUE(probe().devices.empty());
    put("dev/kfd", "");
    put("sys/module/amdgpu/version", "6.3.6\n");
    Machine machine = probe();
    EXPECT_EQ(machine.str(), "ROCm 6.0.2");
    EXPECT_EQ(machine.findings[1], "the AMD driver 6.3.6 and ROCm 6.0.2 are there");
}

TEST_F(MachineTest, ADeviceOfTheKernelsOwnDriverHasNoVersion) {
    put("dev/kfd", "");
    Machine machine = probe();
    EXPECT_EQ(machine.str(), "ROCm");
    EXPECT_TRUE(has(machine.absent, path("opt/rocm/.info/version")));
}

TEST(Machine, BranchesOfDrivers) {
    auto cuda = [](std::string_view driver) {
        auto found = cuda_of_driver(*pep::Version::parse(driver));
        return found ? found->str() : "";
    };
    EXPECT_EQ(cuda("390.157"), "");
    EXPECT_EQ(cuda("470.256.02"), "11.4");
    EXPECT_EQ(cuda("525.60.13"), "12.0");
    EXPECT_EQ(cuda("549.99"), "12.3");
    EXPECT_EQ(cuda("9999.1"), "13.1");
}

TEST(Machine, TheVariableSaysIt) {
    auto said = [](std::string_view text) {
        Result<Machine> machine = parse_machine(text);
        return machine ? machine->str() : machine.error().message;
    };
    EXPECT_EQ(said("none"), "no GPU that pawl knows");
    EXPECT_EQ(said("cuda 12.4"), "CUDA 12.4");
    EXPECT_EQ(said(" cuda 12.4 , rocm "), "CUDA 12.4 and ROCm");
    for (std::string_view wrong : {"", "gpu", "cuda new", "cuda 12, cuda 11", "none, cuda 12"}) {
        EXPECT_TRUE(said(wrong).starts_with("PAWL_HARDWARE is \"")) << wrong;
    }
}

TEST(DriverLibrary, OneThatCannotBeLoadedIsPassedOver) {
    EXPECT_FALSE(ask_driver_library({}));
    EXPECT_FALSE(ask_driver_library({"/nowhere/libcuda.so.1"}));
    auto library = ask_driver_library({"/nowhere/libcuda.so.1", PAWL_FAKE_DRIVER});
    ASSERT_TRUE(library);
    EXPECT_EQ(library->path, PAWL_FAKE_DRIVER);
    ASSERT_TRUE(library->cuda);
    EXPECT_EQ(library->cuda->str(), "12.4");
}

} // namespace
} // namespace pawl::hardware
