"""What is sold, booked and played."""
