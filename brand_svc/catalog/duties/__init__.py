"""What goes on beside the calls for as long as the service lives."""
