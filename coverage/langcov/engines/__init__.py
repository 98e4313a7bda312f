"""Where the counting loop runs: `local` on this machine."""
