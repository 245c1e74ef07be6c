"""The demonstration data: a catalogue of real tracks, and a simulator of playlists."""
