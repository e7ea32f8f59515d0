"""Records the calls of AWS that a function makes, and reads the rights that the template gives to its role."""
