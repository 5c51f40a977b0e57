// Shared by the files of this module: what edge_last_error() returns.
#ifndef CEDGESYSTEM_LAST_ERROR_H
#define CEDGESYSTEM_LAST_ERROR_H

extern _Thread_local int last_error __attribute__((visibility("hidden")));

#endif
