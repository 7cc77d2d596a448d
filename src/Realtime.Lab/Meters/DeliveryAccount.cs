namespace Realtime.Lab.Meters;

/// <summary>What a group of readers should have and has.</summary>
/// <param name="Readers">How many there are.</param>
/// <param name="Expected">Accepted messages times readers.</param>
/// <param name="Delivered">New messages, over all readers.</param>
/// <param name="Missing">Expected messages that are not there.</param>
/// <param name="Explained">Messages that the server said it can't deliver.</param>
/// <param name="Repeated">Messages that came once more.</param>
/// <param name="OutOfOrder">Messages that came after a later one of their channel.</param>
/// <param name="WrongContent">Readers that have the right number of messages, but not the right ones.</param>
/// <param name="Failures">Up to three different reasons for which connections ended.</param>
/// <param name="FailedReaders">Readers whose connection ended.</param>
internal sealed record DeliveryAccount(
    int Readers,
    long Expected,
    long Delivered,
    long Missing,
    long Explained,
    long Repeated,
    long OutOfOrder,
    int WrongContent,
    IReadOnlyList<string> Failures,
    int FailedReaders);
