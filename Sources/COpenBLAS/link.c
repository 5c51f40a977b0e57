// SwiftPM needs one source file to build the module; everything is in libopenblas.
#include "COpenBLAS.h"
