"""The contacts of campaigns, and what has become of each: shared by the example dispatchers."""
