public import Blobs
public import Linalg

// A blob's file is never changed after it appeared, and its mapping stays where it is.
extension MappedBlob: SteadyBytes {}
