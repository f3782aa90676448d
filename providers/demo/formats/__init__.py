"""The four wire formats, from the server's side: requests to an `Ask`, a model's steps to bytes."""
