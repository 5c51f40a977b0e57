#define _GNU_SOURCE
#include "CEdgeSystem.h"

#include <stdlib.h>

_Noreturn void edge_exit(int code) { exit(code); }
