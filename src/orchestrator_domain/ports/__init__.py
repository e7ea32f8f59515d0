"""What the domain needs of the outside, one port a file."""
