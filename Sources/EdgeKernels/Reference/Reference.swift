/// The naive kernels: the definition of correct. Never optimised; fast kernels must equal them on every byte.
public enum Reference {}
