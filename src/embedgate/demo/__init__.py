"""The built-in demonstration: a catalogue of real tracks, and a simulator of people who play them."""
