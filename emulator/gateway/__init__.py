"""The ten hops of a request, from envelope to reply."""
