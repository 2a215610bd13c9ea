// BLAS through CBLAS; LAPACK through the Fortran symbols that Debian's libopenblas exports.
// Fortran wants every argument by pointer, column-major matrices and, for each character
// argument, a hidden length at the end.
#pragma once
#include <cblas.h>
#include <stddef.h>

void spotrf_(const char *uplo, const int *n, float *a, const int *lda, int *info, size_t);
void strtri_(const char *uplo, const char *diag, const int *n, float *a, const int *lda, int *info,
             size_t, size_t);
void spotri_(const char *uplo, const int *n, float *a, const int *lda, int *info, size_t);
void spotrs_(const char *uplo, const int *n, const int *nrhs, const float *a, const int *lda,
             float *b, const int *ldb, int *info, size_t);
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t);
void dtrtri_(const char *uplo, const char *diag, const int *n, double *a, const int *lda, int *info,
             size_t, size_t);
char *openblas_get_config(void);
char *openblas_get_corename(void);
