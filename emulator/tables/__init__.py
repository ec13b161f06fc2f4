"""What a service may say of its actions, and how tables of resources are read and written."""
