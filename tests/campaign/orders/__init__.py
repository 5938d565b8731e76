"""Work given to the product under fire, each kind with its own proof that nothing was lost and nothing left over."""

from tests.campaign.orders.export import ExportOrder
from tests.campaign.orders.masking import MaskingOrder
from tests.campaign.orders.order import Order, Outcome
from tests.campaign.orders.registration import RegistrationOrder

__all__ = ["ExportOrder", "MaskingOrder", "Order", "Outcome", "RegistrationOrder"]
