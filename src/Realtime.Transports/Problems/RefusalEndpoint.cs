namespace Realtime.Transports.Problems;

/// <summary>Marks the endpoints that only refuse, so that a list of the API can leave them out.</summary>
public sealed class RefusalEndpoint
{
    private RefusalEndpoint() { }

    /// <summary>The only one, as endpoint metadata.</summary>
    public static RefusalEndpoint Instance { get; } = new();
}
