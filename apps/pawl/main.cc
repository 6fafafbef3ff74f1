#include "cli/cli.h"

int main(int count, char** arguments) {
    return pawl::cli::main(count, arguments);
}
