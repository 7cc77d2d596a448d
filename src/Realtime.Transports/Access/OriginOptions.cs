namespace Realtime.Transports.Access;

/// <summary>Which browser origins besides the server's own may call it: the list <c>Realtime:Origins</c>.</summary>
public sealed class OriginOptions
{
    /// <summary>Origins as browsers send them (<c>https://app.example.org</c>, with the port where it is not the scheme's own); empty by default.</summary>
    public IList<string> Origins { get; set; } = [];
}
