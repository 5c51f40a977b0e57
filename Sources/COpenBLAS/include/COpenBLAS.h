/// The part of OpenBLAS that the host tool uses: dense linear algebra for calibration, rounding and pruning.
///
/// LAPACK is declared by its Fortran symbols, because Debian's libopenblas-dev has no LAPACKE. Matrices of those are column-major;
/// all arguments are pointers, and the hidden lengths of the character arguments are passed last.
#ifndef COPENBLAS_H
#define COPENBLAS_H

#include <cblas.h>
#include <stddef.h>

/// Cholesky factor of the symmetric positive definite matrix `a` [n, n] in place: A = UᵀU (uplo "U") or LLᵀ ("L").
/// info: 0 done; k > 0 the leading minor of order k is not positive definite.
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t uplo_length);

/// Inverse of a symmetric positive definite matrix from its Cholesky factor, in place (one triangle).
void dpotri_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t uplo_length);

/// Solves A X = B with A's Cholesky factor; B [n, nrhs] is replaced by X.
void dpotrs_(
    const char *uplo, const int *n, const int *nrhs, const double *a, const int *lda, double *b, const int *ldb, int *info,
    size_t uplo_length);

#endif
