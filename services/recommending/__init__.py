"""What fits whom."""
